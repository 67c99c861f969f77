using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveThreeConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(3, 8), degree: 2048);
