using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.Tests.KeyAdditive.Conformance;

public sealed class KeyAdditiveThousandConformanceTests()
    : KeyAdditiveConformance(new KeyAdditiveRequirements(1000, 24), degree: 2048);
