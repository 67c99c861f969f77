using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksExactHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksExact, length: 100);
