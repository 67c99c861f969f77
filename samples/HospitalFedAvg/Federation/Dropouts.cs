using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Transport;

namespace HospitalFedAvg.Federation;

/// <summary>
/// A dropout loses the upload of a hospital that was selected and has trained, or what it says as a member of a committee, with a given
/// probability.
/// </summary>
internal sealed class Dropouts(double rate, int seed)
{
    private readonly Dictionary<ClientId, Random> _random = [];

    public IEnumerable<Delivery> Deliver(TransportMessage message)
    {
        bool isLost = message is { IsToServer: true, Kind: MessageKind.Upload or MessageKind.MemberKey or MessageKind.BoxReport or MessageKind.ShareAnswer }
            && RandomOf(message.Client).NextDouble() < rate;
        return isLost ? [] : [new Delivery(message.Bytes, TimeSpan.Zero)];
    }

    // Each hospital has its own stream of random numbers, since hospitals that work at the same time upload in any order.
    private Random RandomOf(ClientId hospital)
    {
        if (!_random.TryGetValue(hospital, out Random? random))
        {
            int number = hospital.Value.Aggregate(seed, (hash, character) => unchecked((hash * 31) + character));
            _random[hospital] = random = new Random(number);
        }

        return random;
    }
}
