// Makes random patterns and texts and prints what Go's regexp package finds, one JSON array a line.
//
//	go run . SEED COUNT
package main

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
)

var atoms = []string{"a", "b", "c", ".", "\\w", "\\d", "[ab]", "[^a]", "é", "\\b", "^", "$", "\\B", "(?i:k)", "x", "\\pL", "[[:upper:]]", "\\s", "", "\\z", "(?m:^)", "(?m:$)", "-"}
var suffixes = []string{"", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}"}

func pattern(r *rand.Rand, depth int) string {
	var b strings.Builder
	for n := r.Intn(4); n >= 0; n-- {
		switch {
		case depth > 0 && r.Intn(3) == 0:
			open := []string{"(", "(?:", "(?i:", "(?P<n" + strconv.Itoa(r.Intn(1000)) + ">"}[r.Intn(4)]
			b.WriteString(open + pattern(r, depth-1) + ")" + suffixes[r.Intn(len(suffixes))])
		case r.Intn(5) == 0:
			b.WriteString("|")
		default:
			b.WriteString(atoms[r.Intn(len(atoms))] + suffixes[r.Intn(len(suffixes))])
		}
	}
	if r.Intn(60) == 0 {
		b.WriteString([]string{"(", ")", "[", "\\", "**", "{1001}", "(?", "[b-a]", "\\8", "\\p{X}"}[r.Intn(10)])
	}
	return b.String()
}

func main() {
	seed, _ := strconv.ParseInt(os.Args[1], 10, 64)
	count, _ := strconv.Atoi(os.Args[2])
	r := rand.New(rand.NewSource(seed))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	letters := []string{"a", "b", "c", "ab", "é", " ", "1", "k", "K", "\u212a", "\n", "x", "-", "B", "世"}
	replacements := []string{"<$0>", "$1", "${2}x", "-", "$$", "$n1", "${x"}
	for i := 0; i < count; i++ {
		p := pattern(r, 3)
		var t strings.Builder
		for n := r.Intn(12); n > 0; n-- {
			t.WriteString(letters[r.Intn(len(letters))])
		}
		text := t.String()
		record := map[string]any{"pattern": p, "text": text}
		re, err := regexp.Compile(p)
		if err != nil {
			record["error"] = err.Error()
		} else {
			replacement := replacements[r.Intn(len(replacements))]
			record["all"] = re.FindAllStringSubmatchIndex(text, -1)
			record["replacement"] = replacement
			record["replaced"] = re.ReplaceAllString(text, replacement)
			record["split"] = re.Split(text, -1)
		}
		line, _ := json.Marshal(record)
		out.Write(line)
		out.WriteString("\n")
	}
}
