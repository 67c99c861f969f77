namespace FedHe.Orchestration.Job;

/// <summary>An adapter mode says which half of every adapter the rounds of a job move. The numeric values are part of the wire format.</summary>
public enum AdapterMode
{
    /// <summary>B moves in every round; A is public, common and stays as the initial model has it.</summary>
    FreezeA = 1,

    /// <summary>B moves in the first round, A in the second, and so on in turns.</summary>
    Alternating = 2,

    /// <summary>Both halves move in every round, and are averaged side by side: see <see cref="AdapterTerms.NaiveAveraging"/>.</summary>
    NaiveAveraging = 3,
}
