using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksSmallestSlotsHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksSmallestSlots, length: 1000);
