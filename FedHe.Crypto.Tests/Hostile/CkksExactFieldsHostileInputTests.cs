using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksExactFieldsHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksExactFields, length: 100);
