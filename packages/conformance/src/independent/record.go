// The record checked by Go's own checksum-database packages: signed checkpoint, inclusion of an entry, consistency of two sizes.
//
// usage: record FOLDER   with vkey, entry, entry.tlog-proof, consistency.json
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type consistency struct {
	From, To         int64
	FromRoot, ToRoot string
	Proof            []string
}

type verdict struct {
	Checkpoint, Inclusion, Consistency string
	Unverified                         int
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hash(text string) tlog.Hash {
	bytes, err := base64.StdEncoding.DecodeString(text)
	check(err)
	var found tlog.Hash
	if copy(found[:], bytes) != len(found) || len(bytes) != len(found) {
		check(fmt.Errorf("a hash has %d bytes", len(bytes)))
	}
	return found
}

func hashes(lines []string) []tlog.Hash {
	var found []tlog.Hash
	for _, line := range lines {
		found = append(found, hash(line))
	}
	return found
}

func word(err error) string {
	if err == nil {
		return "ok"
	}
	return err.Error()
}

func main() {
	read := func(name string) []byte {
		bytes, err := os.ReadFile(filepath.Join(os.Args[1], name))
		check(err)
		return bytes
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read("vkey"))))
	check(err)
	proof := strings.SplitN(string(read("entry.tlog-proof")), "\n\n", 2)
	opened, err := note.Open([]byte(proof[1]), note.VerifierList(verifier))
	if err != nil {
		check(json.NewEncoder(os.Stdout).Encode(verdict{Checkpoint: err.Error()}))
		return
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	header := strings.Split(proof[0], "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(header[1], "index "), 10, 64)
	check(err)
	included := tlog.CheckRecord(hashes(header[2:]), size, hash(lines[2]), index, tlog.RecordHash(read("entry")))

	var grown consistency
	check(json.Unmarshal(read("consistency.json"), &grown))
	consistent := tlog.CheckTree(hashes(grown.Proof), grown.To, hash(grown.ToRoot), grown.From, hash(grown.FromRoot))
	check(json.NewEncoder(os.Stdout).Encode(verdict{
		Checkpoint:  "ok",
		Inclusion:   word(included),
		Consistency: word(consistent),
		Unverified:  len(opened.UnverifiedSigs),
	}))
}
