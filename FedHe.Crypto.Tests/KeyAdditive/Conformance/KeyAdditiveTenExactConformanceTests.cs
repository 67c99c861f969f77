using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveTenExactConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(10, 20) { Encoding = KeyAdditiveEncoding.ExactIntegers }, degree: 2048);
