using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class PaillierHostileInputTests() : HostileInputConformance(SchemeRegistry.Paillier, length: 100);
