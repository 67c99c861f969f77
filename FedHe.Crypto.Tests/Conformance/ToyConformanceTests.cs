using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

/// <summary>A scheme that uses nothing but what FedHe.Crypto publishes can keep every promise.</summary>
public sealed class ToyConformanceTests() : HeConformance(SchemeRegistry.Toy);
