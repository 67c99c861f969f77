using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveHundredConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(100, 16), degree: 2048);
