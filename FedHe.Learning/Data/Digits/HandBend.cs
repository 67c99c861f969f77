using System.Numerics;
using FedHe.Learning.Randomness;

namespace FedHe.Learning.Data.Digits;

/// <summary>A bend is a smooth random displacement of the unit box, the elastic part of the variation in
/// handwriting.</summary>
internal readonly struct HandBend
{
    private const double Strength = 0.045;

    private readonly Vector2 _amplitudeX;
    private readonly Vector2 _amplitudeY;
    private readonly Vector2 _phaseX;
    private readonly Vector2 _phaseY;

    public HandBend(SeededRandom random)
    {
        _amplitudeX = Draw(random, Strength);
        _amplitudeY = Draw(random, Strength);
        _phaseX = Draw(random, Math.PI);
        _phaseY = Draw(random, Math.PI);
    }

    public Vector2 Apply(Vector2 point)
    {
        Vector2 across = (MathF.Tau * 0.7f * new Vector2(point.Y, point.X)) + _phaseX;
        Vector2 along = (MathF.Tau * 0.5f * point) + _phaseY;
        return point
            + (_amplitudeX * new Vector2(MathF.Sin(across.X), MathF.Sin(across.Y)))
            + (_amplitudeY * new Vector2(MathF.Sin(along.X), MathF.Sin(along.Y)));
    }

    private static Vector2 Draw(SeededRandom random, double deviation) =>
        new((float)(deviation * random.NextGaussian()), (float)(deviation * random.NextGaussian()));
}
