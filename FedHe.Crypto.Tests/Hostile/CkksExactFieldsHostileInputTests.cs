using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksExactFieldsHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksExactFields, length: 100);
