package main

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

type setNumRequest struct {
	key   string
	value int64
}
type setNumResponse struct{ total int64 }
type factRequest struct{ key string }
type factResponse struct {
	value int64
	hit   bool
	err   string
}

// codec is numstore.proto by hand: these four messages and no other.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(message any) ([]byte, error) {
	switch m := message.(type) {
	case *setNumResponse:
		return appendInt(nil, 1, m.total), nil
	case *factResponse:
		bytes := appendInt(nil, 1, m.value)
		if m.hit {
			bytes = appendInt(bytes, 2, 1)
		}
		if m.err != "" {
			bytes = protowire.AppendTag(bytes, 3, protowire.BytesType)
			bytes = protowire.AppendString(bytes, m.err)
		}
		return bytes, nil
	default:
		return nil, fmt.Errorf("no message of this service: %T", message)
	}
}

func (codec) Unmarshal(bytes []byte, message any) error {
	switch m := message.(type) {
	case *setNumRequest:
		return fields(bytes, &m.key, &m.value)
	case *factRequest:
		var ignored int64
		return fields(bytes, &m.key, &ignored)
	default:
		return fmt.Errorf("no message of this service: %T", message)
	}
}

func appendInt(bytes []byte, field protowire.Number, value int64) []byte {
	if value == 0 {
		return bytes
	}
	return protowire.AppendVarint(protowire.AppendTag(bytes, field, protowire.VarintType), uint64(value))
}

// fields reads what all requests here consist of: 1, a string, and 2, an int64.
func fields(bytes []byte, key *string, value *int64) error {
	for len(bytes) > 0 {
		number, kind, length := protowire.ConsumeTag(bytes)
		if length < 0 {
			return protowire.ParseError(length)
		}
		bytes = bytes[length:]
		switch {
		case number == 1 && kind == protowire.BytesType:
			*key, length = protowire.ConsumeString(bytes)
		case number == 2 && kind == protowire.VarintType:
			var varint uint64
			varint, length = protowire.ConsumeVarint(bytes)
			*value = int64(varint)
		default:
			length = protowire.ConsumeFieldValue(number, kind, bytes)
		}
		if length < 0 {
			return protowire.ParseError(length)
		}
		bytes = bytes[length:]
	}
	return nil
}
