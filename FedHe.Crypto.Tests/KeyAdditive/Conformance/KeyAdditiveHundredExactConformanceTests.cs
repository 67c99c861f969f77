using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveHundredExactConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(100, 24) { Encoding = KeyAdditiveEncoding.ExactIntegers }, degree: 4096);
