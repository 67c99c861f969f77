using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class PlainHostileInputTests() : HostileInputConformance(SchemeRegistry.Plain, length: 21);
