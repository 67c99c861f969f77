using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveTwoConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(2, 24), degree: 2048);
