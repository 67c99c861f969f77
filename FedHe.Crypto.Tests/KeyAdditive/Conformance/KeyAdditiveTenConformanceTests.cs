using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveTenConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(10, 24) { SecurityLevel = SecurityLevel.Bits192 }, degree: 4096);
