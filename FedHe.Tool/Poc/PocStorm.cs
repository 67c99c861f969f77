using System.Threading.Channels;

namespace FedHe.Tool.Poc;

/// <summary>
/// A storm kills random parties at random moments behind whatever clients do: there are as many kills as progress allows, however fast the machine is.
/// </summary>
/// <param name="seed">The seed of the parties and the moments.</param>
internal sealed class PocStorm(ulong seed)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly PocRandom _random = new(seed);

    /// <summary>Has a party killed in a moment, behind every second event on average.</summary>
    /// <param name="parties">The names of the parties.</param>
    /// <param name="news">Receives who is to be killed.</param>
    public async Task FollowEventAsync(IReadOnlyList<string> parties, ChannelWriter<PocNews> news)
    {
        if (_random.Next() < 0.5)
        {
            string party = parties[(int)(_random.Next() * parties.Count)];
            await Task.Delay(_random.Next() * LongestPause);
            news.TryWrite(new PocNews(party, Line: null, IsKill: true));
        }
    }
}
