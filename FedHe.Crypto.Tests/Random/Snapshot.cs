using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

/// <summary>A snapshot gives the randomness of each continuation of one machine: every input starts from the same state.</summary>
internal static class Snapshot
{
    public const long Time = 638_000_000_000_000_000;

    private static ReadOnlySpan<byte> ClientSecret => "one client's own thirty-two bytes"u8;

    /// <summary>Resumes the machine; what is not given is as in every other continuation.</summary>
    public static HedgedRandomSource Resume(byte process = 1, byte kernel = 2, int drawsBefore = 0, long utcTicks = Time, long timestamp = 77)
        => new(Inputs(process, kernel, drawsBefore, utcTicks, timestamp), ClientSecret);

    public static HedgeInputs Inputs(byte process = 1, byte kernel = 2, int drawsBefore = 0, long utcTicks = Time, long timestamp = 77)
    {
        var counter = new DrawCounter();
        for (int i = 0; i < drawsBefore; i++)
        {
            counter.Next();
        }

        return new HedgeInputs(new ConstantSource(process), new ConstantSource(kernel), new FixedClock(utcTicks, timestamp), counter);
    }
}
