using FedHe.Crypto.Random;
using FedHe.Learning.Randomness;

namespace HospitalFedAvg.Privacy;

/// <summary>Secret coins come from hedged randomness and have no seed, so that nobody else can compute which records a step took.</summary>
internal sealed class SecretCoins : IRandomBytes
{
    public void Fill(Span<byte> destination) => HedgedRandom.Fill(destination);
}
