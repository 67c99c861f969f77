using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveTwoExactConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(2, 24) { Encoding = KeyAdditiveEncoding.ExactIntegers }, degree: 2048);
