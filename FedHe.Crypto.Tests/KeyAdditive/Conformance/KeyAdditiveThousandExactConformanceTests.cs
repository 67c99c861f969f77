using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveThousandExactConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(1000, 12) { Encoding = KeyAdditiveEncoding.ExactIntegers }, degree: 2048);
