// Renders the templates that it reads, one JSON object with "template", "data", "missingkey" and "sprig" a line, and
// prints for each a line with "output" in base64, "error", or "skipped" where Go itself takes too long.
//
// It needs the standard library alone. A program that has Sprig's functions, too, is this one with a second file, which
// sets "functions" to them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"text/template"
	"time"
)

// What templates with "sprig" can call besides the builtins.
var functions template.FuncMap

var errTooMuch = errors.New("too much")

// A buffer for so much output and until such a time.
type bounded struct {
	bytes.Buffer
	end time.Time
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len() > 1<<20 || time.Now().After(b.end) {
		return 0, errTooMuch
	}
	return b.Buffer.Write(p)
}

// Whole numbers are ints, as a YAML decoder has them.
func natural(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			if n, err := v.Int64(); err == nil {
				return int(n)
			}
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = natural(v[i])
		}
		// Without the spare capacity that the decoder left: "slice" can reach into it.
		return v[:len(v):len(v)]
	case map[string]any:
		for k := range v {
			v[k] = natural(v[k])
		}
	}
	return v
}

type record struct {
	Template   string
	Data       any
	Missingkey string
	Sprig      bool
}

type answer struct {
	Output  []byte `json:"output,omitempty"`
	Error   string `json:"error,omitempty"`
	Skipped bool   `json:"skipped,omitempty"`
}

func render(r record) answer {
	t := template.New("t")
	if r.Missingkey != "" {
		t.Option("missingkey=" + r.Missingkey)
	}
	if r.Sprig {
		t.Funcs(functions)
	}
	t, err := t.Parse(r.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	b := bounded{end: time.Now().Add(2 * time.Second)}
	err = t.Execute(&b, natural(r.Data))
	if errors.Is(err, errTooMuch) {
		return answer{Skipped: true}
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: b.Bytes()}
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var r record
		if decoder.Decode(&r) != nil {
			return
		}
		done := make(chan answer, 1)
		go func() { done <- render(r) }()
		var a answer
		select {
		case a = <-done:
		case <-time.After(5 * time.Second):
			a = answer{Skipped: true}
		}
		line, _ := json.Marshal(a)
		out.Write(line)
		out.WriteByte('\n')
	}
}
