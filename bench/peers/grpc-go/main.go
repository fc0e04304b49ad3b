// NumStore's SetNum and Fact in Go: the logic of the exercise behind one mutex, as a peer for benchmarks.
package main

import (
	"container/list"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"sync"

	"google.golang.org/grpc"
	pb "numstore/pb"
)

const cacheMax = 10

type entry struct{ n, value int64 }

type store struct {
	pb.UnimplementedNumStoreServer
	mutex  sync.Mutex
	values map[string]int64
	total  int64
	cached map[int64]*list.Element
	order  *list.List
}

func (s *store) SetNum(_ context.Context, request *pb.SetNumRequest) (*pb.SetNumResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.total += request.Value - s.values[request.Key]
	s.values[request.Key] = request.Value
	return &pb.SetNumResponse{Total: s.total}, nil
}

func (s *store) Fact(_ context.Context, request *pb.FactRequest) (*pb.FactResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n, found := s.values[request.Key]
	if !found || n < 0 || n > 20 {
		return &pb.FactResponse{Error: "there is no factorial to answer"}, nil
	}
	if element, hit := s.cached[n]; hit {
		s.order.MoveToFront(element)
		return &pb.FactResponse{Value: element.Value.(entry).value, Hit: true}, nil
	}
	value := int64(1)
	for factor := int64(2); factor <= n; factor++ {
		value *= factor
	}
	s.cached[n] = s.order.PushFront(entry{n, value})
	if s.order.Len() > cacheMax {
		oldest := s.order.Back()
		delete(s.cached, s.order.Remove(oldest).(entry).n)
	}
	return &pb.FactResponse{Value: value}, nil
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterNumStoreServer(server, &store{values: map[string]int64{}, cached: map[int64]*list.Element{}, order: list.New()})
	fmt.Printf("grpc-go %s, %s\n", grpc.Version, runtime.Version())
	log.Fatal(server.Serve(listener))
}
