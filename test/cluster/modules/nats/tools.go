//go:build tools

// Package tools names the program of this group, so that go.mod and go.sum pin all it needs.
package tools

import (
	_ "github.com/nats-io/nats-server/v2"
)
