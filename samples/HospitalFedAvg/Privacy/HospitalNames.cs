using FedHe.MLBridge.Identities;

namespace HospitalFedAvg.Privacy;

/// <summary>The names of the hospitals.</summary>
internal static class HospitalNames
{
    public static IEnumerable<ClientId> Of(int clients) => Enumerable.Range(1, clients).Select(number => new ClientId($"hospital-{number}"));
}
