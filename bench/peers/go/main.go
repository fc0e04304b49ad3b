// The exercise's server on grpc-go: a map, a mutex, a cache of at most 10 results, factorials outside the lock.
//
// The messages are encoded by hand with protowire, so that building this needs no protoc. Prints its port, then
// its version, and ends when its standard input does.
package main

import (
	"container/list"
	"context"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"runtime"
	"sync"

	"google.golang.org/grpc"
)

const cacheEntries = 10

type server struct {
	mu     sync.Mutex
	values map[string]int64
	total  int64
	// The cache evicts what was used least recently: order has the most recent in front, results finds by number.
	order   *list.List
	results map[int64]*list.Element
}

type result struct {
	n         int64
	factorial *big.Int
}

func (s *server) setNum(request *setNumRequest) *setNumResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total += request.value - s.values[request.key]
	s.values[request.key] = request.value
	return &setNumResponse{total: s.total}
}

func (s *server) fact(request *factRequest) *factResponse {
	n, known, found := s.lookUp(request.key)
	if !found {
		return &factResponse{err: "no such key"}
	}
	if n < 0 {
		return &factResponse{err: "a negative number has no factorial"}
	}
	value := known
	if value == nil {
		value = new(big.Int).MulRange(1, n)
		s.keep(n, value)
	}
	if !value.IsInt64() {
		return &factResponse{hit: known != nil, err: fmt.Sprintf("%d! has %d bits", n, value.BitLen())}
	}
	return &factResponse{value: value.Int64(), hit: known != nil}
}

func (s *server) lookUp(key string) (n int64, known *big.Int, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, found = s.values[key]
	if element, cached := s.results[n]; found && cached {
		s.order.MoveToFront(element)
		known = element.Value.(result).factorial
	}
	return n, known, found
}

func (s *server) keep(n int64, factorial *big.Int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, cached := s.results[n]; cached {
		return
	}
	s.results[n] = s.order.PushFront(result{n, factorial})
	if s.order.Len() > cacheEntries {
		oldest := s.order.Remove(s.order.Back()).(result)
		delete(s.results, oldest.n)
	}
}

// unary is what protoc-gen-go-grpc would write for one method.
func unary[Request any](name string, answer func(*server, *Request) any) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: name,
		Handler: func(srv any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(Request)
			if err := decode(request); err != nil {
				return nil, err
			}
			return answer(srv.(*server), request), nil
		},
	}
}

var service = grpc.ServiceDesc{
	ServiceName: "NumStore",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		unary("SetNum", func(s *server, request *setNumRequest) any { return s.setNum(request) }),
		unary("Fact", func(s *server, request *factRequest) any { return s.fact(request) }),
	},
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	store := &server{values: map[string]int64{}, order: list.New(), results: map[int64]*list.Element{}}
	listening := grpc.NewServer(grpc.ForceServerCodec(codec{}))
	listening.RegisterService(&service, store)
	go listening.Serve(listener)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	fmt.Printf("grpc-go %s, %s\n", grpc.Version, runtime.Version())
	io.Copy(io.Discard, os.Stdin)
	listening.Stop()
}
