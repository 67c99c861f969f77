using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksExactHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksExact, length: 100);
