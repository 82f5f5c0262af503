package frame

import (
	"encoding/binary"
	"math/bits"
)

// Mask masks data in place, or unmasks it, which is the same. offset is how many
// bytes of the payload precede data, so that a payload can be done in pieces cut
// anywhere.
func Mask(mask [4]byte, offset int, data []byte) {
	key := bits.RotateLeft32(binary.LittleEndian.Uint32(mask[:]), -8*(offset&3))
	if len(data) >= 8 {
		wide := uint64(key)<<32 | uint64(key)
		for len(data) >= 32 {
			block := data[:32]
			binary.LittleEndian.PutUint64(block, binary.LittleEndian.Uint64(block)^wide)
			binary.LittleEndian.PutUint64(block[8:], binary.LittleEndian.Uint64(block[8:])^wide)
			binary.LittleEndian.PutUint64(block[16:], binary.LittleEndian.Uint64(block[16:])^wide)
			binary.LittleEndian.PutUint64(block[24:], binary.LittleEndian.Uint64(block[24:])^wide)
			data = data[32:]
		}
		for len(data) >= 8 {
			binary.LittleEndian.PutUint64(data, binary.LittleEndian.Uint64(data)^wide)
			data = data[8:]
		}
	}
	for i := range data {
		data[i] ^= byte(key)
		key = bits.RotateLeft32(key, -8)
	}
}
