using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksAggregationHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksAggregation, length: 100);
