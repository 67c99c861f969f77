namespace FedHe.TestKit.Architecture;

/// <summary>The known faults of a rule that is not yet kept everywhere form a list that may only shrink.</summary>
public static class KnownFaults
{
    /// <summary>Fails when a rule is broken in a new place, or when a known fault is gone but still listed.</summary>
    /// <typeparam name="T">What the rule finds.</typeparam>
    /// <param name="rule">The rule in words, for the message.</param>
    /// <param name="found">The faults of today. The first one of every name is shown in the message.</param>
    /// <param name="nameOf">The name under which a fault is listed.</param>
    /// <param name="known">The names of the known faults; empty where the rule is kept.</param>
    public static void ShouldBeAll<T>(string rule, IEnumerable<T> found, Func<T, string> nameOf, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(nameOf);
        ILookup<string, T> faults = found.ToLookup(nameOf);
        string[] added = [.. faults.Where(fault => !known.Contains(fault.Key)).Select(fault => $"{fault.Key}: {fault.First()}")];
        string[] gone = [.. known.Where(name => !faults.Contains(name))];
        Assert.True(added.Length == 0, Message(rule, added));
        Assert.True(gone.Length == 0, Message($"{rule} These faults are gone; remove them from the list:", gone));
    }

    private static string Message(string heading, string[] lines) => $"{heading}\n{string.Join('\n', lines.Order(StringComparer.Ordinal))}";
}
