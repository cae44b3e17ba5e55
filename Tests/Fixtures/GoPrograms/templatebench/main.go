// Parses and renders templates as often as it is told, for those who measure text/template.
//
// Reads one JSON object a line and answers each with a line:
//
//	{"op": "load", "name": ..., "template": ..., "data": ...}   the output of one render, as a JSON string
//	{"op": "render", "name": ..., "count": n}                   the bytes of n renders
//	{"op": "parse", "name": ..., "count": n}                    n
//
// The functions do what Sprig's of the same names do, with fewer conversions, so they are no slower.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/template"
)

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func indent(n int, s string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
}

func toInt(v any) int64 {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int64:
		return v
	case float64:
		return int64(v)
	case string:
		n, _ := strconv.ParseInt(v, 0, 64)
		return n
	}
	return 0
}

var functions = template.FuncMap{
	"default": func(d any, v ...any) any {
		if len(v) == 0 || empty(v[0]) {
			return d
		}
		return v[0]
	},
	"quote": func(values ...any) string {
		out := make([]string, 0, len(values))
		for _, v := range values {
			switch v := v.(type) {
			case nil:
			case string:
				out = append(out, strconv.Quote(v))
			default:
				out = append(out, strconv.Quote(fmt.Sprint(v)))
			}
		}
		return strings.Join(out, " ")
	},
	"lower":      strings.ToLower,
	"upper":      strings.ToUpper,
	"trim":       strings.TrimSpace,
	"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
	"replace":    func(old, new, s string) string { return strings.ReplaceAll(s, old, new) },
	"contains":   func(part, s string) bool { return strings.Contains(s, part) },
	"trunc": func(n int, s string) string {
		if n >= 0 && len(s) > n {
			return s[:n]
		}
		return s
	},
	"indent":  indent,
	"nindent": func(n int, s string) string { return "\n" + indent(n, s) },
	"b64enc":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"sha256sum": func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return fmt.Sprintf("%x", sum)
	},
	"add": func(values ...any) int64 {
		var sum int64
		for _, v := range values {
			sum += toInt(v)
		}
		return sum
	},
	"ternary": func(a, b any, condition bool) any {
		if condition {
			return a
		}
		return b
	},
	"hasKey": func(d map[string]any, key string) bool {
		_, found := d[key]
		return found
	},
	"join": func(separator string, list []any) string {
		out := make([]string, 0, len(list))
		for _, v := range list {
			if s, isString := v.(string); isString {
				out = append(out, s)
			} else {
				out = append(out, fmt.Sprint(v))
			}
		}
		return strings.Join(out, separator)
	},
}

// Whole numbers are ints, as a YAML decoder has them.
func natural(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
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

type workload struct {
	name, text string
	template   *template.Template
	data       any
}

func (w *workload) parse() *template.Template {
	return template.Must(template.New(w.name).Funcs(functions).Parse(w.text))
}

func (w *workload) render(out *bytes.Buffer) {
	out.Reset()
	if err := w.template.Execute(out, w.data); err != nil {
		panic(err)
	}
}

func main() {
	decoder := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	decoder.UseNumber()
	workloads := map[string]*workload{}
	out := bufio.NewWriter(os.Stdout)
	for {
		var request struct {
			Op, Name, Template string
			Data               any
			Count              int
		}
		if decoder.Decode(&request) != nil {
			return
		}
		var answer any
		switch request.Op {
		case "load":
			w := &workload{name: request.Name, text: request.Template, data: natural(request.Data)}
			w.template = w.parse()
			workloads[w.name] = w
			var buffer bytes.Buffer
			w.render(&buffer)
			answer = buffer.String()
		case "render":
			// A buffer that has grown costs nothing: only rendering counts.
			var buffer bytes.Buffer
			total := 0
			for i := 0; i < request.Count; i++ {
				workloads[request.Name].render(&buffer)
				total += buffer.Len()
			}
			answer = total
		case "parse":
			for i := 0; i < request.Count; i++ {
				workloads[request.Name].parse()
			}
			answer = request.Count
		}
		line, _ := json.Marshal(answer)
		out.Write(line)
		out.WriteByte('\n')
		out.Flush()
	}
}
