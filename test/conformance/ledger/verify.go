// verify <log directory> <directory with checkpoints and proofs>
//
// Verifies a log of Outrider with nothing but Go's golang.org/x/mod/sumdb: the checkpoint's signature, the hash of every
// entry in the tree, inclusion proofs, consistency of the checkpoints with each other, and proof files.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8 // C2SP tlog-tiles

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func openCheckpoint(text []byte, verifiers note.Verifiers) checkpoint {
	opened, err := note.Open(text, verifiers)
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		log.Fatalf("a checkpoint has three lines: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := tlog.ParseHash(lines[2])
	check(err)
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: hash}}
}

// C2SP paths are Go's without the height, and "entries" instead of "data".
func path(tile tlog.Tile) string {
	p := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tile.H))
	return filepath.Join("tile", strings.Replace(p, "data/", "entries/", 1))
}

type tileReader struct{ directory string }

func (r tileReader) Height() int { return tileHeight }
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(r.directory, path(tile)))
		if os.IsNotExist(err) { // superseded by the full tile
			full := tile
			full.W = 1 << tileHeight
			if data, err = os.ReadFile(filepath.Join(r.directory, path(full))); err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func checkEntries(directory string, tree tlog.Tree, hashes tlog.HashReader) [][]byte {
	var entries [][]byte
	for n := int64(0); n<<tileHeight < tree.N; n++ {
		width := tree.N - n<<tileHeight
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		data, err := os.ReadFile(filepath.Join(directory, path(tlog.Tile{H: tileHeight, L: -1, N: n, W: int(width)})))
		check(err)
		for len(data) > 0 {
			size := int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:2+size])
			data = data[2+size:]
		}
	}
	if int64(len(entries)) != tree.N {
		log.Fatalf("%d entries in bundles, %d in the tree", len(entries), tree.N)
	}
	var indexes []int64
	for i := range entries {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	stored, err := hashes.ReadHashes(indexes) // checks the tiles against the root
	check(err)
	for i, entry := range entries {
		if tlog.RecordHash(entry) != stored[i] {
			log.Fatalf("entry %d: its bytes do not have the hash in the tree", i)
		}
	}
	return entries
}

func checkProofFile(text string, verifiers note.Verifiers, entries [][]byte) {
	head, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		log.Fatalf("not a proof: %q", lines[:3])
	}
	extra, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	check(err)
	keySize := int(binary.BigEndian.Uint16(extra[1:]))
	entry := extra[3+keySize+2:]
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	c := openCheckpoint([]byte(signed), verifiers)
	check(tlog.CheckRecord(proof, c.tree.N, c.tree.Hash, index, tlog.RecordHash(entry)))
	if string(entry) != string(entries[index]) {
		log.Fatalf("entry %d in the proof is not the one in the log", index)
	}
}

func main() {
	log.SetFlags(0)
	directory, out := os.Args[1], os.Args[2]
	key, err := os.ReadFile(filepath.Join(directory, "verifier-key"))
	check(err)
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(key), "\n"))
	check(err)
	verifiers := note.VerifierList(verifier)
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	check(err)
	newest := openCheckpoint(text, verifiers)
	if newest.origin != verifier.Name() {
		log.Fatalf("origin %q, key %q", newest.origin, verifier.Name())
	}
	if newest.tree.N == 0 { // x/mod does not define the empty tree
		fmt.Printf("%s: signature good, no entries\n", newest.origin)
		return
	}
	hashes := tlog.TileHashReader(newest.tree, tileReader{directory})
	entries := checkEntries(directory, newest.tree, hashes)

	for n := int64(0); n < newest.tree.N; n += 997 {
		proof, err := tlog.ProveRecord(newest.tree.N, n, hashes)
		check(err)
		check(tlog.CheckRecord(proof, newest.tree.N, newest.tree.Hash, n, tlog.RecordHash(entries[n])))
	}
	checkpoints, err := filepath.Glob(filepath.Join(out, "checkpoint-*"))
	check(err)
	for _, file := range checkpoints {
		text, err := os.ReadFile(file)
		check(err)
		old := openCheckpoint(text, verifiers)
		// Every tile that the old tree needs is still there.
		oldHashes := tlog.TileHashReader(old.tree, tileReader{directory})
		root, err := tlog.TreeHash(old.tree.N, oldHashes)
		check(err)
		if root != old.tree.Hash {
			log.Fatalf("%s: another root", file)
		}
		proof, err := tlog.ProveTree(newest.tree.N, old.tree.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, newest.tree.N, newest.tree.Hash, old.tree.N, old.tree.Hash))
	}
	proofs, err := filepath.Glob(filepath.Join(out, "*.tlog-proof"))
	check(err)
	for _, file := range proofs {
		text, err := os.ReadFile(file)
		check(err)
		checkProofFile(string(text), verifiers, entries)
	}
	fmt.Printf("%s: %d entries, %d earlier checkpoints and %d proofs are good\n", newest.origin, len(entries), len(checkpoints), len(proofs))
}
