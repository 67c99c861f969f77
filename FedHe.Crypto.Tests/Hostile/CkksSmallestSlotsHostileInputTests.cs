using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksSmallestSlotsHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksSmallestSlots, length: 1000);
