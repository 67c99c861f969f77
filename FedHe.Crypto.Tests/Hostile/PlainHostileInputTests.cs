using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class PlainHostileInputTests() : HostileInputConformance(SchemeRegistry.Plain, length: 21);
