// Renders the templates that it reads, one JSON object with "template" and "data" a line, and prints for each a line
// with "output" or "error".
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

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
	case map[string]any:
		for k := range v {
			v[k] = natural(v[k])
		}
	}
	return v
}

func render(text string, data any) (output string, err error) {
	t, err := template.New("t").Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.String(), err
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var record struct {
			Template string
			Data     any
		}
		if decoder.Decode(&record) != nil {
			return
		}
		answer := map[string]string{}
		output, err := render(record.Template, natural(record.Data))
		if err != nil {
			answer["error"] = err.Error()
		} else {
			answer["output"] = output
		}
		line, _ := json.Marshal(answer)
		out.Write(line)
		out.WriteByte('\n')
	}
}
