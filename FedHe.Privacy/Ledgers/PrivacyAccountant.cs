using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Ledgers;

/// <summary>
/// A privacy accountant keeps the ledger of a budget: every release is recorded before its result leaves, and one that would exceed the
/// budget is refused. It is not thread-safe.
/// </summary>
public sealed class PrivacyAccountant
{
    /// <summary>The largest number of characters of a purpose.</summary>
    public const int LongestPurpose = 200;

    /// <summary>The largest number of entries.</summary>
    public const int LargestEntryCount = 1_000_000;

    private readonly List<LedgerEntry> _entries = [];
    private PrivacyComposition _composition;
    private int _composed;

    /// <summary>Opens an empty ledger.</summary>
    /// <param name="budget">What was promised.</param>
    /// <param name="method">How costs are added up.</param>
    public PrivacyAccountant(PrivacyBudget budget, CompositionMethod method)
    {
        ArgumentNullException.ThrowIfNull(budget);
        Budget = budget;
        Entries = _entries.AsReadOnly();
        _composition = PrivacyComposition.Of(method);
    }

    /// <summary>What was promised.</summary>
    public PrivacyBudget Budget { get; }

    /// <summary>How costs are added up.</summary>
    public CompositionMethod Method => _composition.Method;

    /// <summary>Everything that was released, in order.</summary>
    public IReadOnlyList<LedgerEntry> Entries { get; }

    /// <summary>What all entries cost together.</summary>
    /// <exception cref="PrivacyException">A stored ledger has an entry whose cost cannot be computed.</exception>
    public PrivacyComposition Spent
    {
        get
        {
            // Entries of a stored ledger are composed when their cost matters, and not while hostile bytes are read.
            for (; _composed < _entries.Count; _composed++)
            {
                _composition = _composition.Add(_entries[_composed].Release, _entries[_composed].Count);
            }

            return _composition;
        }
    }

    /// <summary>The epsilon that was spent, at the budget's delta.</summary>
    public double SpentEpsilon => Spent.Epsilon(Budget.Delta);

    /// <summary>Reads a ledger that <see cref="Encode"/> wrote.</summary>
    /// <param name="bytes">The bytes, which may come from anybody.</param>
    /// <returns>The accountant.</returns>
    /// <exception cref="PrivacyException">The bytes are no ledger of this version, or are damaged.</exception>
    public static PrivacyAccountant Decode(ReadOnlySpan<byte> bytes) => LedgerFormat.Read(bytes);

    /// <summary>Tells whether releases would cost more than what is left, or the ledger is full. Nothing is recorded.</summary>
    /// <param name="release">The release.</param>
    /// <param name="count">The number of times, positive.</param>
    /// <returns>True where the releases must not be made.</returns>
    /// <exception cref="PrivacyException">The method has no bound for the release, or the count is not positive.</exception>
    public bool WouldExceed(PrivacyRelease release, long count = 1) => Exceeds(Spent.Add(release, count)) || IsFull;

    /// <summary>Records releases. Call this before anything of them leaves, and save the ledger first.</summary>
    /// <param name="purpose">What the releases are, for the report.</param>
    /// <param name="release">The release.</param>
    /// <param name="count">The number of times, positive.</param>
    /// <exception cref="PrivacyException">
    /// The releases would exceed the budget, the method has no bound for them, or the ledger is full; nothing was recorded.
    /// </exception>
    public void Spend(string purpose, PrivacyRelease release, long count = 1)
    {
        RequirePurpose(purpose);
        if (Exceeds(Spent.Add(release, count)))
        {
            throw Throw.BudgetExceeded();
        }

        Record(purpose, release, count);
    }

    /// <summary>Records releases that were made already, also beyond the budget: what was released stays released. The next <see cref="Spend"/> is then refused.</summary>
    /// <param name="purpose">What the releases are, for the report.</param>
    /// <param name="release">The release.</param>
    /// <param name="count">The number of times, positive.</param>
    /// <exception cref="PrivacyException">The method has no bound for the releases, or the ledger is full; nothing was recorded.</exception>
    public void Record(string purpose, PrivacyRelease release, long count = 1)
    {
        RequirePurpose(purpose);
        PrivacyComposition next = Spent.Add(release, count);

        // What is written must be read again.
        if (IsFull)
        {
            throw Throw.LedgerFull(LargestEntryCount);
        }

        _entries.Add(new LedgerEntry(purpose, release, count));
        _composition = next;
        _composed++;
    }

    /// <summary>Writes the ledger, for saved states and for the parties that check it.</summary>
    /// <returns>The bytes, which hold parameters of noise and no values.</returns>
    public byte[] Encode() => LedgerFormat.Write(this);

    /// <summary>Records an entry of a stored ledger.</summary>
    internal void Restore(LedgerEntry entry)
    {
        if (entry.Count < 1 || !_composition.Supports(entry.Release))
        {
            throw Throw.MalformedLedger();
        }

        _entries.Add(entry);
    }

    private static void RequirePurpose(string purpose)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(purpose);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(purpose.Length, LongestPurpose, nameof(purpose));
    }

    private bool IsFull => _entries.Count >= LargestEntryCount;

    private bool Exceeds(PrivacyComposition composition) => !(composition.Epsilon(Budget.Delta) <= Budget.Epsilon);
}
