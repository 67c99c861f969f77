namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A bad post loses letters, carries some twice, out of order, or much later.</summary>
/// <param name="seed">The seed of everything that goes wrong.</param>
/// <param name="loss">The part of the letters that is lost.</param>
/// <param name="repeats">The part of the letters that is carried twice.</param>
/// <param name="delays">The part of the letters that waits until nothing else is on its way.</param>
internal sealed class BadPost(int seed, double loss, double repeats, double delays) : Post
{
    private readonly Random _random = new(seed);
    private readonly List<Letter> _late = [];

    public int Lost { get; private set; }

    public int Repeated { get; private set; }

    public int Delayed { get; private set; }

    public override void Add(Letter letter)
    {
        if (_random.NextDouble() < loss)
        {
            Lost++;
            return;
        }

        if (_random.NextDouble() < delays)
        {
            Delayed++;
            _late.Add(letter);
            return;
        }

        Letters.Add(letter);
        if (_random.NextDouble() < repeats)
        {
            Repeated++;
            _late.Add(letter);
        }
    }

    public override bool TryTake(out Letter letter)
    {
        List<Letter> from = Letters.Count > 0 && (_late.Count == 0 || _random.Next(8) > 0) ? Letters : _late;
        letter = default;
        if (from.Count == 0)
        {
            return false;
        }

        int index = _random.Next(from.Count);
        letter = from[index];
        from.RemoveAt(index);
        return true;
    }
}
