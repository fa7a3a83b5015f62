// Gets a page so many times, so many at once, and says how many bytes came: client URL COUNT AT_ONCE
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	url := os.Args[1]
	count, _ := strconv.ParseInt(os.Args[2], 10, 64)
	atOnce, _ := strconv.Atoi(os.Args[3])
	// By itself it keeps two idle connections for a host.
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	var left, bytes atomic.Int64
	left.Store(count)
	var workers sync.WaitGroup
	for i := 0; i < atOnce; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for left.Add(-1) >= 0 {
				response, err := client.Get(url)
				if err != nil {
					panic(err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || response.StatusCode != 200 {
					panic(response.Status)
				}
				bytes.Add(int64(len(body)))
			}
		}()
	}
	workers.Wait()
	fmt.Println(bytes.Load())
}
