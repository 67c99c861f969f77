using FedHe.Crypto.Serialization;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Serialization;

namespace FedHe.Privacy.Ledgers;

/// <summary>The bytes of a release: a kind, its distance, and the numbers it was described with.</summary>
internal static class ReleaseFormat
{
    private const int LongestStatement = 500;

    private enum Kind : byte
    {
        Gaussian = 1,
        SampledGaussian = 2,
        Laplace = 3,
        DiscreteGaussian = 4,
        DistributedGaussian = 5,
        Skellam = 6,
        Pure = 7,
        Matrix = 8,
        SampledDiscreteGaussian = 9,
    }

    public static void Write(WireWriter writer, PrivacyRelease release)
    {
        switch (release)
        {
            case GaussianRelease one:
                Begin(writer, Kind.Gaussian, release, one.NoiseMultiplier);
                break;
            case SampledGaussianRelease one:
                Begin(writer, Kind.SampledGaussian, release, one.NoiseMultiplier, one.Probability);
                writer.WriteString(one.Secrecy.Statement);
                break;
            case SampledDiscreteGaussianRelease one:
                Begin(writer, Kind.SampledDiscreteGaussian, release, one.NoiseMultiplier, one.Probability);
                writer.WriteString(one.Secrecy.Statement);
                break;
            case LaplaceRelease one:
                Begin(writer, Kind.Laplace, release, one.NoiseMultiplier);
                writer.WriteInt64(one.Dimension);
                break;
            case DiscreteGaussianRelease one:
                Begin(writer, Kind.DiscreteGaussian, release, one.NoiseMultiplier);
                break;
            case DistributedGaussianRelease one:
                Begin(writer, Kind.DistributedGaussian, release, one.PartyVariance, one.Sensitivity.One, one.Sensitivity.Two);
                writer.WriteInt32(one.Parties);
                writer.WriteInt64(one.Dimension);
                break;
            case SkellamRelease one:
                Begin(writer, Kind.Skellam, release, one.Variance, one.Sensitivity.One, one.Sensitivity.Two);
                break;
            case PureRelease one:
                Begin(writer, Kind.Pure, release, one.Epsilon);
                break;
            case MatrixRelease one:
                Begin(writer, Kind.Matrix, release, one.NoiseMultiplier);
                break;
            default:
                throw new NotSupportedException(release.Name);
        }
    }

    public static PrivacyRelease Read(ref FieldReader reader)
    {
        var kind = (Kind)reader.Byte();
        double distance = reader.Double();
        switch (kind)
        {
            case Kind.Gaussian:
                return new GaussianRelease(reader.Double(), distance);
            case Kind.SampledGaussian or Kind.SampledDiscreteGaussian:
                double multiplier = reader.Double();
                double probability = reader.Double();
                var secrecy = new SamplingSecrecy(reader.Text(LongestStatement));
                return kind == Kind.SampledGaussian
                    ? new SampledGaussianRelease(multiplier, probability, secrecy, distance)
                    : new SampledDiscreteGaussianRelease(multiplier, probability, secrecy, distance);
            case Kind.Laplace:
                return new LaplaceRelease(reader.Double(), reader.Int64(), distance);
            case Kind.DiscreteGaussian:
                return new DiscreteGaussianRelease(reader.Double(), distance);
            case Kind.DistributedGaussian:
                double variance = reader.Double();
                var sensitivity = new GridSensitivity(reader.Double(), reader.Double());
                return new DistributedGaussianRelease(variance, reader.Int32(), sensitivity, reader.Int64(), distance);
            case Kind.Skellam:
                return new SkellamRelease(reader.Double(), new GridSensitivity(reader.Double(), reader.Double()), distance);
            case Kind.Pure:
                return new PureRelease(reader.Double(), distance);
            case Kind.Matrix:
                return new MatrixRelease(reader.Double(), distance);
            default:
                throw reader.Malformed();
        }
    }

    private static void Begin(WireWriter writer, Kind kind, PrivacyRelease release, params ReadOnlySpan<double> numbers)
    {
        writer.WriteByte((byte)kind);
        writer.WriteDouble(release.Distance);
        foreach (double number in numbers)
        {
            writer.WriteDouble(number);
        }
    }
}
