package gatewaytest_test

import (
	"testing"

	"placet/internal/gatewaytest"
)

func TestJourneys(t *testing.T) { gatewaytest.Scripts(t, "journeys") }
