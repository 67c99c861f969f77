using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The answered requests are those that cost a whole aggregate each. A client gets one a few times in a round, and for the same
/// bytes once: a recorded request, sent again by somebody else, costs nothing and takes nothing from the client.
/// </summary>
internal sealed class AnsweredRequests
{
    private const int MostInARound = 16;

    private readonly Dictionary<ClientId, HashSet<Digest>> _answered = [];
    private int _round;

    /// <summary>Counts a request, unless it is a repetition or the client has asked too often for the aggregate of the round.</summary>
    public bool TryCount(int round, ReadOnlyMemory<byte> bytes, ClientMessage request)
    {
        if (round != _round)
        {
            _answered.Clear();
            _round = round;
        }

        if (!_answered.TryGetValue(request.Client, out HashSet<Digest>? answered))
        {
            _answered.Add(request.Client, answered = []);
        }

        return answered.Count < MostInARound && answered.Add(MessageSignature.DigestOf(bytes.Span, request));
    }
}
