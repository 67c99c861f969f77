using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// Noise sequences follow, from the lists of a job's sums alone, in which rounds sequences of correlated noise begin and end, and what is charged for them.
/// </summary>
/// <remarks>
/// <para>
/// A sum of all clients is a row of a sequence, and a whole sequence is charged with its first row. Every other sum that may have been opened is charged beside it, with the smallest number of contributors that it may have had: an attempt before the
/// one of a list, where no committee answers once a round; a round without a list; and a sum of fewer clients than all, which ends its sequence.
/// </para>
/// <see cref="CorrelationTerms"/> say when a sequence ends.
/// </remarks>
public sealed class NoiseSequences
{
    private readonly FederationJob _job;
    private readonly CorrelationTerms _terms;

    /// <summary>Begins before the first round of a job.</summary>
    /// <param name="job">The job, whose privacy terms have correlation terms.</param>
    /// <exception cref="ArgumentException">The noise of the job is not correlated.</exception>
    public NoiseSequences(FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _job = job;
        _terms = job.Update.Privacy?.Correlation ?? throw new ArgumentException("The noise of the job is not correlated.", nameof(job));
    }

    internal NoiseSequences(FederationJob job, int round, int begin)
        : this(job) => (Round, Begin) = (round, begin);

    /// <summary>The last round with a sum, or 0.</summary>
    public int Round { get; private set; }

    /// <summary>The round in which the sequence of that sum began; 0 where it ended with the sum, or there is none.</summary>
    public int Begin { get; private set; }

    /// <summary>The number of rows that the sequence has so far; 0 where the next sum begins one.</summary>
    public int Rows => Begin == 0 ? 0 : Round - Begin + 1;

    /// <summary>Returns the row that an attempt prepares.</summary>
    /// <param name="round">The round, after the last one with a sum.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <returns>The row, from 0 for the first one of a sequence.</returns>
    public int RowOf(int round, int attempt)
        => round == Round + 1 && Rows < _terms.Rounds && (_job.Committee is not null || attempt <= _terms.Attempts) ? Rows : 0;

    /// <summary>Returns what may have to be charged once an attempt is prepared, whatever becomes of it.</summary>
    /// <param name="round">The round, after the last one with a sum.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <returns>The charges since the last sum; the attempt's sum may be a row, and may be a sum beside the sequence.</returns>
    public IReadOnlyList<PrivacyCharge> After(int round, int attempt)
    {
        List<PrivacyCharge> charges = Beside(round, attempt - 1);
        if (RowOf(round, attempt) == 0)
        {
            charges.Add(Sequence(round));
        }

        // Others may repeat the attempt, give the round up, or be fewer.
        if (_job.Committee is not null || Least < All || attempt < _job.Settings.MaxAttempts)
        {
            charges.Add(new PrivacyCharge(round, Least, Count: 1));
        }

        return charges;
    }

    /// <summary>Goes on behind the sum of a list.</summary>
    /// <param name="round">The round of the list, after the last one with a sum.</param>
    /// <param name="attempt">The attempt of the list, from 1.</param>
    /// <param name="contributors">The number of contributors of the list.</param>
    /// <returns>What is charged for the sum, and for whatever may have been opened since the last one.</returns>
    public IReadOnlyList<PrivacyCharge> Add(int round, int attempt, int contributors) => Add(round, attempt, contributors, lastAttempt: attempt);

    /// <summary>Goes on behind the sum of a list, for a client that took part in a later attempt than the list's.</summary>
    internal IReadOnlyList<PrivacyCharge> Add(int round, int attempt, int contributors, int lastAttempt)
    {
        List<PrivacyCharge> charges = Beside(round, Math.Max(attempt, lastAttempt) - 1);
        bool isRow = contributors == All;
        int row = RowOf(round, attempt);
        if (!isRow)
        {
            charges.Add(new PrivacyCharge(round, contributors, Count: 1));
        }
        else if (row == 0)
        {
            charges.Add(Sequence(round));
        }

        (Round, Begin) = (round, isRow ? round - row : 0);
        return charges;
    }

    private int All => _job.Settings.ClientsPerRound;

    private int Least => _job.Update.Privacy!.SmallestContributors;

    private PrivacyCharge Sequence(int round) => new(round, All, Count: 1) { IsSequence = true };

    /// <summary>Returns the charges of rounds without a list, and of attempts that were not kept.</summary>
    private List<PrivacyCharge> Beside(int round, int attempts)
    {
        List<PrivacyCharge> charges = [];
        for (int given = Round + 1; given < round; given++)
        {
            charges.Add(new PrivacyCharge(given, Least, Count: 1));
        }

        if (attempts > 0 && _job.Committee is null)
        {
            charges.Add(new PrivacyCharge(round, Least, attempts));
        }

        return charges;
    }
}
