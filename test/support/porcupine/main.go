// Judges histories with porcupine, a linearizability checker that shares nothing with ours: one
// history a line of standard input, as test/support/linearizability/export.ts writes it; one verdict
// a line of standard output (Ok, Illegal, Unknown).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const keysMax = 64

// operation is a call and its reply.
type operation struct {
	Kind     string `json:"kind"`
	Key      int    `json:"key"`
	Argument int64  `json:"argument,string"`
	Value    int64  `json:"value,string"`
	Total    int64  `json:"total,string"`
	Found    bool   `json:"found"`
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
}

// state is comparable, as porcupine wants it.
type state struct {
	values  [keysMax]int64
	present uint64
	total   int64
	isKnown bool // whether the total was learnt
}

func (s state) has(key int) bool { return s.present&(1<<key) != 0 }

func (s state) put(key int, value, total int64) (bool, state) {
	expected := s.total + value - s.values[key]
	isRight := !s.isKnown || expected == total
	s.values[key], s.total, s.isKnown = value, total, true
	s.present |= 1 << key
	return isRight, s
}

func factorial(n int64) int64 {
	product := int64(1)
	for factor := int64(2); factor <= n; factor++ {
		product *= factor
	}
	return product
}

func next(from, input, _ any) (bool, any) {
	s, o := from.(state), input.(operation)
	held := s.values[o.Key]
	switch o.Kind {
	case "setNum":
		return s.put(o.Key, o.Argument, o.Total)
	case "addNum":
		isRight, after := s.put(o.Key, held+o.Argument, o.Total)
		return isRight && o.Value == held+o.Argument, after
	case "deleteNum":
		if !s.has(o.Key) {
			return !o.Found && (!s.isKnown || s.total == o.Total), s
		}
		isRight, after := s.put(o.Key, 0, o.Total)
		after.present &^= 1 << o.Key
		return isRight && o.Found, after
	case "getNum":
		return o.Found == s.has(o.Key) && o.Value == held, s
	default:
		isDefined := s.has(o.Key) && held >= 0 && held <= 20
		return o.Found == isDefined && (!isDefined || o.Value == factorial(held)), s
	}
}

func main() {
	model := porcupine.Model{Init: func() any { return state{} }, Step: next}
	lines := bufio.NewReader(os.Stdin)
	decoder := json.NewDecoder(lines)
	for decoder.More() {
		var operations []operation
		if err := decoder.Decode(&operations); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		history := make([]porcupine.Operation, len(operations))
		for at, each := range operations {
			history[at] = porcupine.Operation{Input: each, Call: each.Start, Return: each.End}
		}
		fmt.Println(porcupine.CheckOperationsTimeout(model, history, 10*time.Second))
	}
}
