// Looks names up at a name server by Go's own resolver, a hundred at once: PORT COUNT. It prints how many were right.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const atOnce = 100

func main() {
	port := os.Args[1]
	count, _ := strconv.Atoi(os.Args[2])
	dialer := net.Dialer{Timeout: 10 * time.Second}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, "127.0.0.1:"+port)
	}}
	var right atomic.Int64
	var all sync.WaitGroup
	for worker := 0; worker < atOnce; worker++ {
		all.Add(1)
		go func(worker int) {
			defer all.Done()
			for index := 0; index < count/atOnce; index++ {
				name := fmt.Sprintf("n%d.example.", (worker*7+index)%1000)
				answer, err := resolver.LookupNetIP(context.Background(), "ip4", name)
				if err == nil && len(answer) > 0 {
					right.Add(1)
				}
			}
		}(worker)
	}
	all.Wait()
	fmt.Println(right.Load())
}
