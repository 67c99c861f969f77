using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveThreeExactFieldsConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(3, 8) { Encoding = KeyAdditiveEncoding.ExactIntegers }, degree: 4096);
