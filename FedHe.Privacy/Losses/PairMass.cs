namespace FedHe.Privacy.Losses;

/// <summary>The probabilities of an event under both distributions of a pair.</summary>
internal readonly record struct PairMass(double P, double Q)
{
    public static PairMass Nothing => new(0, 0);

    public static PairMass Everything => new(1, 1);

    public static PairMass operator -(PairMass left, PairMass right) => new(left.P - right.P, left.Q - right.Q);
}
