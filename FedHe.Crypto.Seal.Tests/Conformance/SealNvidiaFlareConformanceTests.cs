using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.TestKit.Conformance;

namespace FedHe.Crypto.Seal.Tests.Conformance;

[NeedsSeal]
public sealed class SealNvidiaFlareConformanceTests() : HeConformance(SealSubjects.NvidiaFlare);
