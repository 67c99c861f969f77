using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class PaillierHostileInputTests() : HostileInputConformance(SchemeRegistry.Paillier, length: 100);
