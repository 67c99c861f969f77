using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksSmallestHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksSmallest, length: 1024);
